# SPDX-License-Identifier: Apache-2.0
"""Group L, as far as it is there: archives of FHIR packages. Bulk data comes later."""
import gzip
import io
import json
import os
import pathlib
import subprocess
import tarfile
import tempfile

from rows import PROGRAM, needs

PACKAGE = json.dumps({"name": "example.bad", "version": "1.0.0", "fhirVersions": ["4.0.1"], "dependencies": {}}).encode()
PROFILE = json.dumps({"resourceType": "StructureDefinition", "id": "p", "url": "http://example.org/p", "name": "P", "status": "draft", "kind": "resource", "abstract": False,
                      "type": "Patient", "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Patient", "derivation": "constraint"}).encode()


def archive(*entries):
    """(name, bytes) or a TarInfo without content, as a .tgz."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as tar:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                tar.addfile(entry)
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                tar.addfile(info, io.BytesIO(entry[1]))
    return out.getvalue()


def special(name, kind, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def add(at, what, content, codes, seconds=10):
    """`andiron package add` of that archive into an empty folder: its exit code, and nothing outside of the folder."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "in" / "bad.tgz"
        path.parent.mkdir()
        path.write_bytes(content)
        with at.quick(what, seconds):
            done = subprocess.run(["prlimit", f"--as={3 << 30}", PROGRAM, "package", "add", str(path), "--data", folder + "/data"], capture_output=True, timeout=60)
        at.that(done.returncode in codes, f"{what}: exit {done.returncode}: {done.stderr[-300:]!r}")
        at.that(b"terminate" not in done.stderr and b".cpp" not in done.stderr, f"{what}: ends in order")
        outside = [name for name in os.listdir(folder) if name not in ("in", "data")]
        at.that(not outside and not os.path.exists("/tmp/andiron-evil"), f"{what}: nothing is written elsewhere: {outside}")
        return done


GOOD = ("package/package.json", PACKAGE), ("package/StructureDefinition-p.json", PROFILE)


@needs(counted=False)
def l_01_names_and_links(at):
    add(at, "a good one", archive(*GOOD), (0,))
    for name in ("../../etc/x.json", "/tmp/andiron-evil", "package/../../../x.json", "C:\\x.json", "package/..\\..\\x.json"):
        add(at, f"the name {name!r}", archive(*GOOD, (name, b"{}")), (65,))
    for what, kind, link in (("a symlink", tarfile.SYMTYPE, "/etc/passwd"), ("a hard link", tarfile.LNKTYPE, "/etc/passwd"), ("a device", tarfile.CHRTYPE, ""),
                             ("a FIFO", tarfile.FIFOTYPE, "")):
        add(at, what, archive(*GOOD, special("package/x.json", kind, link)), (65,))


@needs(counted=False)
def l_02_bombs(at):
    add(at, "64 MB of zeros in 64 kB", gzip.compress(b"\0" * (64 << 20), 9), (65,))
    large = special("package/X.json", tarfile.REGTYPE)
    large.size = 200 << 20
    add(at, "a resource of 200 MB", gzip.compress(large.tobuf() + os.urandom(1 << 20)), (65,))
    add(at, "an archive in an archive", archive(*GOOD, ("package/in.tgz", archive(*GOOD))), (0, 65))
    add(at, "200,001 entries", gzip.compress(tarfile.TarInfo("package/e.json").tobuf() * 200_001 + bytes(1024), 1), (65,), 30)
    cut = archive(*GOOD)
    for size in (0, 1, 10, len(cut) // 2, len(cut) - 4):
        add(at, f"cut at {size}", cut[:size], (65,))
    add(at, "a size that is a lie", gzip.compress(gzip.decompress(cut)[:124] + b"77777777777\0" + gzip.decompress(cut)[136:]), (65,))


@needs(counted=False)
def l_03_what_packages_say_of_themselves(at):
    for what, text in (("none", None), ("no JSON", b"{"), ("a list", b"[]"), ("no name", b'{"version":"1"}'), ("a name that climbs", PACKAGE.replace(b"example.bad", b"../../evil")),
                       ("a version that climbs", PACKAGE.replace(b"1.0.0", b"../../../evil")), ("depth", b"[" * 1_000_000)):
        add(at, f"package.json: {what}", archive(*([("package/package.json", text)] if text else []), GOOD[1]), (65,))
    add(at, "one canonical twice", archive(*GOOD, ("package/Q.json", PROFILE.replace(b'"p"', b'"q"'))), (0, 65))
    add(at, "a resource that is none", archive(*GOOD, ("package/Q.json", b"\xff\xfe")), (0, 65))


def l_11_multipart(at):
    for kind in ("multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x", "multipart/mixed; boundary=" + "x" * 1000):
        body = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n" * 10_000 + b"--x--"
        for path in ("/Patient", "", "/Patient/_search"):
            at.gives(f"{kind[:40]} at {path!r}", at.call("POST", path, body, kind=kind), 415, 400, 413)
    at.gives("a header of 1 MB in it", at.call("POST", "/Binary", b"--x\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\nb--x--", kind="multipart/form-data; boundary=x"), 201, 400, 413, 415)
