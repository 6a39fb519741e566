"""Invented numbers that look right and cannot be anybody's.

NHS numbers come from the 999 test range; telephone numbers from the ranges that Ofcom keeps for
drama (07700 900000-900999 and 020 7946 0000-0999); national insurance numbers from the prefix QQ,
vehicle registrations from the age identifiers 79 and 29, which have not been issued.
"""

from random import Random

CHECK_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
"""The 23 letters of UPN and PNC check characters: no I, O or S (domain brief 4.2)."""
DRAMA_NUMBERS = 1_000
"""How many telephone numbers each drama range has (Ofcom)."""
INSIDER_MOBILE = 123
"""07700 900123 is the officer's and the perpetrator's in scenario 4, so nobody else gets it."""


def nhs_number(serial: int) -> str | None:
    """Return the test-range NHS number of a serial (0 to 999,999); None: it has no check digit."""
    digits = f"999{serial:06d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else f"{digits}{check}"  # noqa: PLR2004 - the modulus-11 rule


def upn(school: int, year: int, serial: int) -> str:
    """Return a unique pupil number of the local authority 099, which does not exist."""
    digits = f"099{school:04d}{year % 100:02d}{serial:03d}"
    total = sum(int(digit) * weight for weight, digit in enumerate(digits, start=2))
    return CHECK_LETTERS[total % 23] + digits


def pnc_id(year: int, serial: int) -> str:
    """Return a PNC ID whose check letter is right: remainder 1 is A, 0 is Z."""
    digits = f"{year % 100:02d}{serial:07d}"
    return f"{digits[:2]}/{digits[2:]}{CHECK_LETTERS[int(digits) % 23 - 1]}"


class Numbers:
    """Hands out each number once; two registers made alike hand out the same in the same order."""

    def __init__(self, seed: str) -> None:
        """Shuffle the ranges that run out; draw from the others without repeating."""
        self._rng = Random(seed)
        self._given: set[str] = set()
        mobiles = [one for one in range(DRAMA_NUMBERS) if one != INSIDER_MOBILE]
        self._mobiles = self._rng.sample(mobiles, len(mobiles))
        self._landlines = self._rng.sample(range(DRAMA_NUMBERS), DRAMA_NUMBERS)

    def _once(self, number: str | None) -> bool:
        if number is None or number in self._given:
            return False
        self._given.add(number)
        return True

    def digits(self, pattern: str) -> str:
        """Return the pattern with each `#` a digit and each `@` a letter, never twice the same."""
        while True:
            made = "".join(self._character(one) for one in pattern)
            if self._once(made):
                return made

    def _character(self, kind: str) -> str:
        if kind == "#":
            return str(self._rng.randrange(10))
        return self._rng.choice("ABCDEFGHJKLMNPRSTWXYZ") if kind == "@" else kind

    def mobile(self) -> str:
        """Return a mobile number of the drama range."""
        return f"07700 900{self._mobiles.pop():03d}"

    def landline(self) -> str:
        """Return an office number of the London drama range."""
        return f"020 7946 0{self._landlines.pop():03d}"

    def nhs(self) -> str:
        """Return an NHS number of the test range."""
        while True:
            number = nhs_number(self._rng.randrange(1_000_000))
            if number is not None and self._once(number):
                return number

    def upn(self, year: int) -> str:
        """Return the number of a pupil who started school in `year`."""
        while True:
            number = upn(self._rng.randrange(2000, 2040), year, self._rng.randrange(1000))
            if self._once(number):
                return number

    def pnc(self, year: int) -> str:
        """Return the PNC ID of somebody first arrested in `year`."""
        while True:
            number = pnc_id(year, self._rng.randrange(100_000, 9_999_999))
            if self._once(number):
                return number

    def registration(self) -> str:
        """Return a vehicle registration whose age identifier has not been issued."""
        return self.digits(f"@@{self._rng.choice(('79', '29'))} @@@")
