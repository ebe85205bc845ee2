"""How money is written, everywhere: the sign of the number, the symbol, the amount."""

from __future__ import annotations

MINUS = "−"
#: Minor units (cents) in a major one (euro), as facts are stored.
MINOR = 100
#: Symbols people know; any other currency stands before the amount as it is written, with a space that does not break.
SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥"}


def with_symbol(sign: str, amount: str, currency: str, pattern: str = "{symbol}{amount}") -> str:
    """`"+", "1,240", "EUR"` → "+€1,240"; a reader's own pattern may put the symbol behind. No currency, no symbol."""
    symbol = SYMBOLS.get(currency, f"{currency}\u00a0" if currency else "")
    return sign + pattern.format(symbol=symbol, amount=amount).strip()


def money_text(value: float, currency: str, decimals: int = 0, *, sign: bool = False) -> str:
    """Major units in British English: `-9127.4, "EUR"` → "−€9,127"; what rounds to zero carries no sign."""
    amount = f"{abs(value):,.{decimals}f}"
    if not any(digit in "123456789" for digit in amount):
        return with_symbol("", amount, currency)
    return with_symbol(MINUS if value < 0 else "+" if sign else "", amount, currency)
