# SPDX-License-Identifier: Apache-2.0
"""Which values of an HL7 v2 message are found anywhere in a Bundle, the kept original left aside.

An atom is a field, component or subcomponent that holds something, escapes resolved. It is found when an element holds it: as it is, within a
longer text, as a date or time, as a number, or as digits of a telephone number. The separators, set ids and the declared
types of values (OBX-2) are no content."""
import re

ESCAPES = {"F": "|", "S": "^", "R": "~", "T": "&", "E": "\\", ".br": "\n", "H": "", "N": ""}
SET_IDS = {"PID", "NK1", "PV1", "OBR", "OBX", "NTE", "AL1", "DG1", "PR1", "GT1", "IN1", "SPM", "TQ1", "TQ2", "FT1", "AIS", "AIG", "AIL", "AIP", "RGS",
           "TXA", "IAM", "ROL", "ARV", "DB1", "UB1", "UB2", "PRB", "GOL", "PTH", "CTI", "RXV", "OH1", "OH2", "OH3", "OH4"}


def unescape(text, escape):
    return re.sub(re.escape(escape) + r"([^" + re.escape(escape) + r"]*)" + re.escape(escape), lambda m: ESCAPES.get(m[1], m[0]), text)


def atoms(message):
    """(place, text) of everything that is content."""
    text = message.replace("\r\n", "\r").replace("\n", "\r")
    separator = text[3]
    component, repeat, escape, sub = (text[4:8] + "^~\\&")[:4] if len(text) > 8 else "^~\\&"
    for line in text.split("\r"):
        name, fields = line[:3], line.split(separator)
        if len(line) < 4:
            continue
        start = 2 if name == "MSH" else 1
        for number, field in enumerate(fields[start:], start + (1 if name == "MSH" else 0)):
            if (name in SET_IDS and number == 1) or (name == "OBX" and number == 2):
                continue
            for repetition in field.split(repeat):
                for c, part in enumerate(repetition.split(component), 1):
                    for s, atom in enumerate(part.split(sub), 1):
                        value = unescape(atom, escape).strip()
                        if value and value != '""':
                            yield f"{name}-{number}.{c}.{s}", value


def values(node, out):
    if isinstance(node, dict):
        for name, child in node.items():
            if not (name == "data" and isinstance(child, str) and node.get("resourceType") == "Binary"):
                values(child, out)
    elif isinstance(node, list):
        for child in node:
            values(child, out)
    else:
        out.append(str(node))


def plain(text):
    return " ".join(text.split()).casefold()


def digits(text):
    return re.sub(r"\D", "", text)


class Found:
    def __init__(self, bundle):
        texts = []
        values(bundle, texts)
        self.whole = {plain(t) for t in texts}
        self.joined = "\n".join(sorted(self.whole))
        self.moments = set()
        for text in texts:
            if re.match(r"^\d{4}(-\d\d)?(-\d\d)?(T|$)", text):
                number = digits(text.split("+")[0].split("Z")[0] if "T" in text else text)
                self.moments.add(number)
                for length in (4, 6, 8, 10, 12, 14):
                    self.moments.add(number[:length])
        self.numbers = set()
        for text in texts:
            try:
                self.numbers.add(float(text))
            except ValueError:
                pass
        self.digits = {digits(t) for t in texts if len(digits(t)) >= 5}

    def holds(self, atom):
        text = plain(atom)
        if text in self.whole or (len(text) > 2 and text in self.joined):
            return True
        if re.match(r"^\d{4,}(\.\d+)?([+-]\d{4})?$", atom):
            stamp = re.sub(r"([+-]\d{4})$", "", atom).split(".")[0]
            if stamp in self.moments or stamp[:12] in self.moments:
                return True
        try:
            if float(atom) in self.numbers:
                return True
        except ValueError:
            pass
        if len(digits(atom)) >= 5 and digits(atom) in self.digits:
            return True
        return bool(re.search(r"(?<![a-z0-9])" + re.escape(text) + r"(?![a-z0-9])", self.joined))
