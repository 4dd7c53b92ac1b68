"""The HTTP dialects: other services' requests, put into ours."""
