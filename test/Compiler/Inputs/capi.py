"""Drives libmsac.so by ctypes; capi.test reads what it prints."""
import ctypes
import json
import sys
import threading

lib = ctypes.CDLL(sys.argv[1])
examples = sys.argv[2]
lib.msacFree.argtypes = [ctypes.c_void_p]
lib.msacVersion.restype = lib.msacTargets.restype = ctypes.c_char_p


def take(pointer, length=None):
    if not pointer:
        return None
    data = ctypes.string_at(pointer, length) if length is not None else ctypes.string_at(pointer)
    lib.msacFree(pointer)
    return data


def compile(text, options):
    artifact, length, lines = ctypes.c_void_p(), ctypes.c_size_t(), ctypes.c_void_p()
    status = lib.msacCompile(text, ctypes.c_size_t(len(text)), options.encode() if options else None, ctypes.byref(artifact),
                             ctypes.byref(length), ctypes.byref(lines))
    terminated = not artifact or ctypes.string_at(artifact.value, length.value + 1)[-1] == 0
    said = [json.loads(line) for line in take(lines.value).decode().splitlines()]
    return status, take(artifact.value, length.value), said, terminated


def support(text, target):
    reason = ctypes.c_void_p()
    status = lib.msacCheckSupport(text, ctypes.c_size_t(len(text)), target.encode(), ctypes.byref(reason))
    text = take(reason.value)
    return status, text and text.decode()


def first(name, result):
    status, artifact, said, _ = result
    assert artifact is None
    print(name, status, said[0]["severity"], said[0]["location"], repr(said[0]["id"]), said[0]["message"].split("\n")[0])


attend = open(f"{examples}/m3_decode_attend.mlir", "rb").read()
whole = open(f"{examples}/m3_decode.mlir", "rb").read()
plain = whole.replace(b"bf16", b"f32")  # no tensor core multiplies f32
print("version", lib.msacVersion().decode())
print("targets", lib.msacTargets().decode())

status, artifact, said, terminated = compile(attend, '{"target": ["cpu", "sm_90a"]}')
manifest = json.loads(artifact)
print("artifact", status, manifest["format"], [p["target"] for p in manifest["body"]["programs"]], said)
print("terminated", terminated)
status, ptx, _, _ = compile(attend, '{"target": "sm_80", "emit": "ptx"}')
print("ptx", status, next(line for line in ptx.decode().splitlines() if line.startswith(".target")))

first("parse", compile(b"junk", None))
first("refused", compile(plain, '{"target": "sm_90a"}'))
first("target", compile(attend, '{"target": "sm_00"}'))
first("option", compile(attend, '{"speed": 9}'))
first("json", compile(attend, '{"target": '))
for name, text, target in [("attend", attend, "sm_90a"), ("whole", whole, "sm_90a"), ("plain", plain, "sm_90a"), ("whole", whole, "sm_00"), ("junk", b"junk", "cpu")]:
    print("support", name, target, *support(text, target))

results = [None] * 4


def work(i):
    results[i] = compile(attend, '{"target": "sm_90a"}')


threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
print("threads", [r[0] for r in results], "same", len({r[1] for r in results}) == 1)
