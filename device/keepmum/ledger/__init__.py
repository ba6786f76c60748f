"""What left, what was refused and who allowed it, in lines that only grow: the names that others import."""

from keepmum.ledger.book import Ledger
from keepmum.ledger.checkpoint import Checkpoint
from keepmum.ledger.row import GENESIS, Fact, Row, What
from keepmum.ledger.segments import read
from keepmum.ledger.tally import Flow, Tally, tally
from keepmum.ledger.verdict import Verdict, verify

__all__ = [
    "GENESIS",
    "Checkpoint",
    "Fact",
    "Flow",
    "Ledger",
    "Row",
    "Tally",
    "Verdict",
    "What",
    "read",
    "tally",
    "verify",
]
