"""One request in full, as the JSON document that every entrance takes: Python, command line, page and client."""

from talking.request.checks import Logo
from talking.request.options import ASPECTS, CAPTIONS, FORMATS, MAX_SEED, Options, options_document, parse_options
from talking.request.request import Request, parse_request
from talking.request.schema import request_schema

__all__ = [
    "ASPECTS",
    "CAPTIONS",
    "FORMATS",
    "MAX_SEED",
    "Logo",
    "Options",
    "Request",
    "options_document",
    "parse_options",
    "parse_request",
    "request_schema",
]
