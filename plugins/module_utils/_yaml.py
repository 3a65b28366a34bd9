# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A user's YAML as data: strict where PyYAML would silently guess. What the data may be is read by ``_fields``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, ZeusError

if TYPE_CHECKING:
    import yaml


def parse_yaml(text: str, source: str) -> Any:
    """The data of one YAML document; syntax errors and doubled keys become an InputError that names the line."""
    try:
        import yaml
    except ImportError:
        raise ZeusError(f"{source}: the Python package PyYAML is missing: YAML cannot be read without it") from None
    try:
        return yaml.load(text, Loader=_strict_loader())
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise InputError(source, line, f"this is not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(source, "", f"this is not valid YAML: {str(error).splitlines()[0]}") from None


@cache
def _strict_loader() -> type[yaml.SafeLoader]:
    """YAML in which a key that is written twice is an error, where PyYAML would silently take the last."""
    import yaml

    class StrictLoader(yaml.SafeLoader):
        pass

    def mapping_without_doubles(loader: StrictLoader, node: yaml.MappingNode) -> dict[Any, Any]:
        seen: dict[Any, int] = {}
        for key_node, _value in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = loader.construct_object(key_node, deep=True)
            if not isinstance(key, str | int | float | bool | None):
                raise yaml.constructor.ConstructorError(None, None, "a key must be plain text", key_node.start_mark)
            line = key_node.start_mark.line + 1
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} is written twice, in lines {seen[key]} and {line}", key_node.start_mark
                )
            seen[key] = line
        loader.flatten_mapping(node)
        return dict(loader.construct_mapping(node, deep=True))

    StrictLoader.add_constructor("tag:yaml.org,2002:map", mapping_without_doubles)
    return StrictLoader
