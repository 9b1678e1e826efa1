# SPDX-License-Identifier: Apache-2.0
"""The FHIRPath of R4's own definitions: what search parameters say, and the invariants of resources with the path of their element."""
import json
import re


def definitions(examples):
    """type -> set of expressions, from SearchParameter-*.json and StructureDefinition-*.json of the folder. Without those that need a
    server (resolve, memberOf, conformsTo)."""
    found = {}

    def add(kind, expression):
        if not re.search(r"resolve\(|memberOf\(|conformsTo\(|%vs-|\n|\t", expression):
            found.setdefault(kind, set()).add(expression)

    for path in examples.glob("SearchParameter-*.json"):
        parameter = json.loads(path.read_text())
        for kind in parameter.get("base", []) if "expression" in parameter else []:
            add(kind, parameter["expression"])
    for path in examples.glob("StructureDefinition-*.json"):
        structure = json.loads(path.read_text())
        if structure.get("kind") != "resource" or structure.get("derivation") == "constraint":
            continue
        for element in structure["snapshot"]["element"]:
            for constraint in element.get("constraint", []) if "[x]" not in element["path"] and "contentReference" not in element else []:
                if "expression" in constraint and constraint.get("source", structure["url"]) == structure["url"]:
                    add(structure["type"], f"{element['path']}.select({constraint['expression']})")
    return found
