"""Check digits of UK identifiers. A right one raises confidence; a wrong one excuses nothing."""

_NHS_WEIGHTS = range(10, 1, -1)
_NHS_DIGITS = 10


def nhs_number_checks(digits: str) -> bool:
    """Say whether ten digits pass the NHS number's modulus 11 (NHS Data Dictionary)."""
    if len(digits) != _NHS_DIGITS:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _NHS_WEIGHTS, strict=False))
    return (11 - total % 11) % 11 == int(digits[-1])
