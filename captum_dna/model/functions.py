"""What a function of the user's computes, as text: two of one name need not be the same."""

from __future__ import annotations

from functools import partial
from types import CodeType

_PLAIN = (str, bytes, int, float, bool, type(None))


def written(value: object) -> str:
    """Return a function's instructions and the plain values that it holds on to; of other objects, the name of their class.

    Examples
    --------
    >>> written(lambda ids: ids[0]) == written(lambda ids: ids[1])
    False
    """
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return f"({' '.join(map(written, value))})"
    if isinstance(value, dict):
        return written(tuple(value.items()))
    if isinstance(value, partial):
        return written((value.func, value.args, value.keywords))
    code = value if isinstance(value, CodeType) else getattr(value, "__code__", None)
    if not isinstance(code, CodeType):
        return f"{type(value).__module__}.{type(value).__qualname__}"
    names = ("__defaults__", "__kwdefaults__", "__closure__")
    defaults, named, cells = (getattr(value, name, None) for name in names)
    # Of functions in cells their instructions alone: such a cell may hold the function itself.
    held = tuple(getattr(cell.cell_contents, "__code__", cell.cell_contents) for cell in cells or ())
    return f"{code.co_code.hex()} {code.co_names} {written((code.co_consts, defaults, named, held))}"
