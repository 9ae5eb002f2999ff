"""Makes a container image of one static program, as `docker save` writes one: make_image.py <pause|busybox> <file>"""
import hashlib
import io
import json
import subprocess
import sys
import tarfile


def add(archive, name, data=b"", **fields):
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    for field, value in fields.items():
        setattr(entry, field, value)
    archive.addfile(entry, io.BytesIO(data))


def make_layer(programs, links):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for directory in ("bin", "dev", "etc", "proc", "root", "sys", "tmp"):
            mode = 0o1777 if directory == "tmp" else 0o755
            add(layer, directory, type=tarfile.DIRTYPE, mode=mode)
        for name, path in programs.items():
            with open(path, "rb") as file:
                add(layer, name, file.read(), mode=0o755)
        for name in links:
            add(layer, name, type=tarfile.SYMTYPE, linkname="/bin/busybox")
        add(layer, "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
        add(layer, "etc/group", b"root:x:0:\n")
    return buffer.getvalue()


def write_image(name, layer, command, path):
    digest = hashlib.sha256(layer).hexdigest()
    configuration = {
        "architecture": "amd64",
        "os": "linux",
        "config": {"Env": ["PATH=/bin"], "Cmd": command},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        "history": [{"created": "2026-01-01T00:00:00Z"}],
    }
    manifest = [{"Config": "config.json", "RepoTags": [name], "Layers": ["layer.tar"]}]
    with tarfile.open(path, "w") as image:
        add(image, "config.json", json.dumps(configuration).encode())
        add(image, "layer.tar", layer)
        add(image, "manifest.json", json.dumps(manifest).encode())


def main():
    image, path = sys.argv[1:]
    if image == "pause":
        layer = make_layer({"pause": "/kubernetes/pause"}, [])
        return write_image("local.test/pause:1", layer, ["/pause"], path)
    listed = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True)
    links = [f"bin/{name}" for name in listed.stdout.split() if name != "busybox"]
    layer = make_layer({"bin/busybox": "/bin/busybox"}, links)
    return write_image("local.test/busybox:1", layer, ["/bin/sleep", "1000000"], path)


main()
