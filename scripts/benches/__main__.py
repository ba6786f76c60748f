"""Run one of the measurements beside this file by its name, or list them."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

HERE = Path(__file__).parent


def benches() -> dict[str, str]:
    """Each measurement with the first line of its docstring; nothing is imported for that."""
    files = sorted(file for file in HERE.glob("*.py") if not file.name.startswith("_"))
    return {_name(file): _first_line(file) for file in files if _has_main(file)}


def main(arguments: list[str]) -> int:
    """Exit code 0 after a list or a good measurement, 2 for an unknown name."""
    known = benches()
    if not arguments or arguments[0] in {"-h", "--help"}:
        print("scripts/bench NAME [options of that bench]\n")
        print("\n".join(f"  {name:<12} {about}" for name, about in known.items()) or "  (none yet)")
        return 0
    name, *rest = arguments
    if name not in known:
        print(f"bench: error: there is no bench {name!r}; here are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    module = next(file.stem for file in HERE.glob("*.py") if _name(file) == name)
    code: int = importlib.import_module(module).main(rest)
    return code


def _name(file: Path) -> str:
    """`array_.py` is called array: a file of that name here would stand in front of Python's own `array`."""
    return file.stem.rstrip("_")


def _first_line(file: Path) -> str:
    return (ast.get_docstring(ast.parse(file.read_text())) or "").partition("\n")[0]


def _has_main(file: Path) -> bool:
    return any(isinstance(part, ast.FunctionDef) and part.name == "main" for part in ast.parse(file.read_text()).body)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
