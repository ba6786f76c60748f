"""What left, what was refused and who allowed it, in lines that only grow: the names that others import."""

from keepmum.ledger.book import Ledger, Verdict, read, verify
from keepmum.ledger.row import GENESIS, Fact, Row, What
from keepmum.ledger.tally import Flow, Tally, tally

__all__ = ["GENESIS", "Fact", "Flow", "Ledger", "Row", "Tally", "Verdict", "What", "read", "tally", "verify"]
