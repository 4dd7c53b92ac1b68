"""`talking doctor`: what of talking works on this machine, found by trying it."""

from talking.doctor.finding import Finding, as_json, as_table
from talking.doctor.rounds import examine

__all__ = ["Finding", "as_json", "as_table", "examine"]
