"""Tables of the settlement. No behaviour. Importing this package makes all of them known."""

from partners.settlement.models.cash import BankEntry, BankFile, Leg, LegEntry
from partners.settlement.models.papers import Paper, PaperFile, PaperSeries
from partners.settlement.models.parties import Company, Exposure, Mandate, PartnerExit
from partners.settlement.models.runs import (
    Correction,
    FlowRow,
    FlowState,
    Objection,
    SettlementLine,
    SettlementPair,
    SettlementRun,
    SettlementStep,
)

__all__ = [
    "BankEntry",
    "BankFile",
    "Company",
    "Correction",
    "Exposure",
    "FlowRow",
    "FlowState",
    "Leg",
    "LegEntry",
    "Mandate",
    "Objection",
    "Paper",
    "PaperFile",
    "PaperSeries",
    "PartnerExit",
    "SettlementLine",
    "SettlementPair",
    "SettlementRun",
    "SettlementStep",
]
