"""Amounts within an entry of a bank's statement: which part of it each payment is, and what the bank kept."""

from lxml import etree

from loyalty.errors import Invalid
from partners.settlement.bank_xml import all_at, cents, euros_at, needed_euros, sign_at


def shares(
    details: list[etree._Element], returned: list[bool], total: int, reference: str
) -> list[tuple[int, int]]:
    """Cents and the charges within, by detail; together they are `total`.

    Raises Invalid `bank_file_sum` when they are not (entry, entry_cents, details_cents), `bank_file_incomplete` when a
    batch leaves an amount out.
    """
    told = [_told_cents(detail, total, alone=len(details) == 1) for detail in details]
    charges = [_told_charges(detail) for detail in details]
    if sum(told) == total:
        return [
            (moved, _charges_within(detail, moved, charge) if came_back else 0)
            for detail, came_back, moved, charge in zip(details, returned, told, charges, strict=True)
        ]
    if sum(told) - sum(charges) == total:  # details before charges, the line after them
        return [(moved - charge, charge) for moved, charge in zip(told, charges, strict=True)]
    raise Invalid("bank_file_sum", "file", entry=reference, entry_cents=total, details_cents=sum(told))


def _told_cents(detail: etree._Element, total: int, alone: bool) -> int:
    amount = euros_at(detail, "Amt", "AmtDtls/TxAmt/Amt")
    if amount is None and alone:
        return total
    if amount is None:
        amount = needed_euros(detail, "AmtDtls/InstdAmt/Amt")
    own_sign = sign_at(detail) if all_at(detail, "CdtDbtInd") else 1 if total >= 0 else -1
    return own_sign * amount


def _told_charges(detail: etree._Element) -> int:
    whole = euros_at(detail, "Chrgs/TtlChrgsAndTaxAmt")
    if whole is not None:
        return whole
    amounts = [amount for path in ("Chrgs/Rcrd/Amt", "Chrgs/Amt") for amount in all_at(detail, path)]
    return sum(cents((amount.text or "").strip()) for amount in amounts if amount.get("Ccy") == "EUR")


def _charges_within(detail: etree._Element, moved: int, charges: int) -> int:
    """Charges in a return: as told, or else what it is above the payment returned."""
    returned = euros_at(detail, "AmtDtls/InstdAmt/Amt")
    if charges or returned is None or moved >= 0:
        return charges
    return max(0, -moved - returned)
