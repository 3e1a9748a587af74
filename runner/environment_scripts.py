"""What runs inside a fresh environment: code of the project taken out, requirements sorted apart. Pure text.

A wheel of the project is built for its dependencies, entry points and version; then its code is taken out again. (An
editable install would write into the checkout, and point to one that is gone by the time of the tests.) What the
checkout does not hold stays: compiled modules, and files that the build wrote, as `_version.py`. They lie in a package
that is imported from the checkout, so a finder that is asked last finds them there.
"""

from __future__ import annotations

from typing import Final

TREE: Final = "tree.txt"
FALLBACK_MODULE: Final = "greenloop_fallback"

FALLBACK: Final = '''"""Finds modules that a build made, for packages whose code lies in a checkout."""

import importlib.machinery
import os
import sys


class BuiltModules:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if path is None:
            return None
        folder = os.path.join(os.path.dirname(__file__), *name.split(".")[:-1])
        spec = importlib.machinery.PathFinder.find_spec(name, [folder])
        return spec if spec is not None and spec.origin else None


sys.meta_path.append(BuiltModules)
'''

STRIP: Final = f'''
import csv, json, os, pathlib, shutil, sys, sysconfig, urllib.parse

environment = pathlib.Path(sys.argv[1])
tree = (environment / "{TREE}").read_text(encoding="utf-8").splitlines()
held = {{"/".join(parts[at:]) for parts in (path.split("/") for path in tree) for at in range(len(parts))}}
here = os.path.realpath(os.getcwd())
purelib, platlib = (pathlib.Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib"))
for said in [said for place in {{purelib, platlib}} for said in place.glob("*.dist-info/direct_url.json")]:
    origin = json.loads(said.read_text(encoding="utf-8")).get("url", "")
    path = urllib.parse.unquote(urllib.parse.urlsplit(origin).path)
    if origin.startswith("file:") and os.path.realpath(path) == here:
        with open(str(said.with_name("RECORD")), newline="", encoding="utf-8") as record:
            for file, *_ in csv.reader(record):
                if file in held and ".." not in file.split("/"):
                    os.unlink(str(said.parent.parent / file))
shutil.copy(environment / "{FALLBACK_MODULE}.py", purelib)
(purelib / "{FALLBACK_MODULE}.pth").write_text("import {FALLBACK_MODULE}\\n")
'''
"""Run in the checkout, with the environment's folder as its argument, by Python 3.6 or later."""

APART: Final = """
import os, pathlib, re, subprocess, sys, tempfile

place, *pip = sys.argv[1:]
text = re.sub(r"\\\\\\n", " ", pathlib.Path(place).read_text(encoding="utf-8"))
lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
options = [line for line in lines if re.match(r"-(?!-?(?:e|r|editable|requirement)\\b)", line)]


def installs(wanted):
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(place) or ".", suffix=".txt", encoding="utf-8") as part:
        part.write("\\n".join(options + wanted) + "\\n")
        part.flush()
        return subprocess.run([sys.executable, "-m", "pip", "install", *pip, "-r", part.name]).returncode == 0


def refused(wanted):
    if installs(wanted):
        return []
    middle = len(wanted) // 2
    return refused(wanted[:middle]) + refused(wanted[middle:]) if middle else wanted


packages = [line for line in lines if line not in options]
failed = refused(packages) if packages else []
if failed and len(failed) < len(packages):  # once more together: apart they may want what contradicts each other
    installs([line for line in packages if line not in failed])
print("not installed: " + ", ".join(re.split(r"\\s+(?:--|;|#)", line)[0].strip() for line in failed))
sys.exit(len(failed) == len(packages))
"""
"""Installs what can be had of a requirements file that fails as a whole. Its last line says what could not.

Arguments: the file, and pip's options.
"""
