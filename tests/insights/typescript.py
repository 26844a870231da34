"""Write the page's types of requests and answers from the schema: python -m tests.insights.typescript."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import UNSET, Struct, inspect

from captum_dna.insights.schema import about, base, data, experiments, genome, jobs, scores, summary

FILE = Path(__file__).parents[2] / "static" / "viewer" / "answers.d.ts"
HEAD = """// Made from captum_dna/insights/schema/ by python -m tests.insights.typescript: change it there.

import type { PicturePayload, SharedPayload } from "../element/types";
"""


def classes() -> dict[str, type[Struct]]:
    """Return the classes of all requests and answers by name."""
    modules = (base, about, data, scores, summary, experiments, jobs, genome)
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, base.Request | base.Answer)
    }


def written() -> str:
    """Return the whole file."""
    written_out = [
        base.Choices,
        *(c for c in classes().values() if issubclass(c, base.Answer) and c is not base.Answer),
    ]
    return "\n".join([HEAD, *(interface(inspect.type_info(c)) for c in written_out)])


def interface(found: Any) -> str:
    lines = [f"/** {found.cls.__doc__.splitlines()[0]} */", f"export interface {found.cls.__name__} {{"]
    for field in found.fields:
        about = (getattr(field.type, "extra_json_schema", None) or {}).get("description")
        lines += [f"  /** {about} */"] if about else []
        may_lack = issubclass(found.cls, base.Request) or field.default is UNSET
        lines.append(f"  {field.encode_name}{'?' if may_lack else ''}: {of(field.type)};")
    return "\n".join([*lines, "}", ""])


def of(kind: Any) -> str:  # noqa: C901, PLR0911 - one line per kind of type
    """Return TypeScript's name of a type."""
    match kind:
        case inspect.Metadata():
            return (kind.extra or {}).get("typescript") or of(kind.type)
        case inspect.UnionType():
            return " | ".join(
                dict.fromkeys(of(one) for one in kind.types if "Unset" not in type(one).__name__)
            )
        case inspect.LiteralType():
            return " | ".join("true" if value is True else f'"{value}"' for value in kind.values)
        case inspect.ListType() | inspect.VarTupleType():
            item = of(kind.item_type)
            return f"({item})[]" if " " in item else f"{item}[]"
        case inspect.TupleType():
            return f"[{', '.join(map(of, kind.item_types))}]"
        case inspect.DictType():
            return f"Record<string, {of(kind.value_type)}>"
        case inspect.StructType():
            return kind.cls.__name__
        case inspect.DataclassType():
            inner = "; ".join(f"{one.encode_name}: {of(one.type)}" for one in kind.fields)
            return f"{{ {inner} }}"
        case inspect.IntType() | inspect.FloatType():
            return "number"
        case inspect.StrType():
            return "string"
        case inspect.BoolType():
            return "boolean"
        case inspect.NoneType():
            return "null"
    return "unknown"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
