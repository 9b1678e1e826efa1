# SPDX-License-Identifier: Apache-2.0
"""Certificates for tests, made by openssl in a folder that goes away with the process."""
import atexit
import pathlib
import shutil
import subprocess
import tempfile

_folder = None


def tool(folder, *arguments, given=None, seconds=30):
    """What openssl prints, both streams."""
    done = subprocess.run(["openssl", *arguments], cwd=folder, input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    return done.stdout


def authority(folder, name):
    tool(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
         "-subj", f"/CN={name}", "-days", "30")


def certificate(folder, name, issuer="ca", usage="serverAuth", days="30"):
    tool(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
    (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage={usage}\n")
    tool(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial", "-out", f"{name}.pem",
         "-days", days, "-extfile", f"{name}.ext")


def folder():
    """Made once a process: ca and other are authorities; server, lab (a client), late (expired), wrong (a server's), thief (of other)."""
    global _folder
    if _folder is None:
        _folder = pathlib.Path(tempfile.mkdtemp(prefix="andiron-certificates-"))
        atexit.register(shutil.rmtree, _folder, ignore_errors=True)
        authority(_folder, "ca")
        authority(_folder, "other")
        certificate(_folder, "server")
        certificate(_folder, "lab", usage="clientAuth")
        certificate(_folder, "late", usage="clientAuth", days="-1")
        certificate(_folder, "wrong", usage="serverAuth")
        certificate(_folder, "thief", issuer="other", usage="clientAuth")
    return _folder
