"""Ashmere, a synthetic county: twelve agencies, thirty cases, one meeting, one research round.

Everybody and everything in it is invented for this project: the names, the numbers (test and drama
ranges, see numbers.py), the streets and towns, the events. Nothing was taken from a real case or
record. The county is made from the files under data/, always the same for the same moment, and
all its dates are counted back from that moment.
"""

from broker.demo.county.build import county
from broker.demo.county.model import County, PlannedRequest, with_mailboxes

__all__ = ["County", "PlannedRequest", "county", "with_mailboxes"]
