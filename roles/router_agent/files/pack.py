# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the agent: its own program, root's helper, and the collection's module_utils that it imports.

Run on the controller with the role's folder; prints ``{"path": …, "digest": …}``. Equal sources give equal bytes, whoever packs them.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path

UTILS = "ansible_collections/zeus/paas/plugins/module_utils"


def sources(role: Path) -> dict[str, bytes]:
    """Name in the archive → content; compiled leftovers are not among them."""
    files = role / "files"
    found = {f"zeus_router_agent/{path.name}": path.read_bytes() for path in (files / "zeus_router_agent").glob("*.py")}
    found["zeus_router_apply.py"] = (files / "zeus_router_apply.py").read_bytes()
    found.update({f"{UTILS}/{path.name}": path.read_bytes() for path in (role.parents[1] / "plugins" / "module_utils").glob("*.py")})
    return found


def pack(found: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted({str(parent) for path in found for parent in Path(path).parents} - {"."}):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(directory)
        for name, content in sorted(found.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def main() -> int:
    content = pack(sources(Path(sys.argv[1]).resolve()))
    path = Path(tempfile.mkdtemp(prefix="zeus-router-agent-")) / "agent.tar"
    path.write_bytes(content)
    print(json.dumps({"path": str(path), "digest": hashlib.sha256(content).hexdigest()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
