"""What the programme refuses, as codes and numbers. Words and languages are made at the door."""


class LoyaltyError(Exception):
    """A refusal. `code` is stable, `field` names the culprit, `facts` are numbers and ids for the answer."""

    def __init__(self, code: str, field: str | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts = facts

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code}{where}"


class Malformed(LoyaltyError):
    """The call itself cannot be read."""


class Invalid(LoyaltyError):
    """Readable, but its content cannot be accepted."""


class Missing(LoyaltyError):
    """No such thing, or not for the one who asks."""


class Forbidden(LoyaltyError):
    """The one who asks may not do this."""


class Conflict(LoyaltyError):
    """It collides with what already stands."""


class Gone(LoyaltyError):
    """It was here and has been erased."""


class Locked(LoyaltyError):
    """Closed after too many wrong tries."""
