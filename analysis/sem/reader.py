"""A cursor over the tokens of one side of a statement, which knows where it is when something is missing."""

from __future__ import annotations

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.tokens import Token


class Reader:
    """A cursor over one side of a statement."""

    def __init__(self, tokens: list[Token], after: Token) -> None:
        self.tokens = tokens
        self.place = 0
        self.after = after

    def peek(self, ahead: int = 0) -> Token | None:
        """The token `ahead` places on, without moving; None at the end."""
        index = self.place + ahead
        return self.tokens[index] if index < len(self.tokens) else None

    def next(self, expected: str = "something") -> Token:
        """Take a token. Raises ModelSyntaxError, naming what was expected, at the end."""
        token = self.peek()
        if token is None:
            last = self.tokens[-1] if self.tokens else self.after
            raise ModelSyntaxError(
                f"expected {expected} after {last.text!r}", last.line, last.column + len(last.text)
            )
        self.place += 1
        return token

    def take(self, text: str) -> bool:
        """Take this operator if it stands here; say whether it did."""
        token = self.peek()
        if token is not None and token.kind == "operator" and token.text == text:
            self.place += 1
            return True
        return False

    def demand(self, text: str) -> None:
        """Take this operator, or raise ModelSyntaxError."""
        token = self.next(repr(text))
        if token.text != text:
            raise ModelSyntaxError(f"expected {text!r}, found {token.text!r}", token.line, token.column)
