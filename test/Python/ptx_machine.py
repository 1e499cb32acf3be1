"""A machine that runs PTX by its words, so that what is emitted for a GPU can be tried without one.

Lanes of a warp step together: of those that run, the ones furthest behind in the text go first. An instruction of the whole
warp (shfl, vote, bar.warp) waits until all lanes that have not exited are at it, one of the whole thread block (bar.sync)
until all warps are. Memory is a set of allocations; an access outside of one, or one that is not aligned, is an error. What
the machine does not know it refuses by name: it knows integers, f32, shared memory, shuffles and votes, not mma or copies.
"""
from __future__ import annotations

import re

import numpy as np

LANES = 32
_UNSIGNED = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
_SIGNED = {8: np.int8, 16: np.int16, 32: np.int32, 64: np.int64}


_COMPARE = {"eq": np.equal, "ne": np.not_equal, "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}


class PtxError(Exception):
    pass


def _bits(type_name: str) -> int:
    return 1 if type_name == "pred" else int(type_name[1:])


def _as(raw: np.ndarray, type_name: str) -> np.ndarray:
    """Raw bits (u64) seen as a PTX type."""
    if type_name == "pred":
        return raw != 0
    narrow = raw.astype(_UNSIGNED[_bits(type_name)])
    if type_name[0] == "s":
        return narrow.view(_SIGNED[_bits(type_name)])
    return narrow.view(np.float32) if type_name == "f32" else narrow


def _raw(values: np.ndarray) -> np.ndarray:
    if values.dtype == bool:
        return values.astype(np.uint64)
    return values.view(_UNSIGNED[values.dtype.itemsize * 8]).astype(np.uint64)


class Memory:
    """Allocations at addresses of their own, far apart."""

    def __init__(self, first: int):
        self.next, self.blocks = first, []

    def allocate(self, data: np.ndarray) -> int:
        """The address of a copy of `data`."""
        base = self.next
        self.blocks.append((base, np.frombuffer(bytearray(data.tobytes()), dtype=np.uint8)))
        self.next += (data.nbytes // 4096 + 2) * 4096
        return base

    def read_back(self, base: int, like: np.ndarray) -> np.ndarray:
        data = next(data for start, data in self.blocks if start == base)
        return data.view(like.dtype)[:like.size].reshape(like.shape).copy()

    def cells(self, addresses: np.ndarray, size: int) -> tuple:
        """For addresses inside one allocation: it, seen as unsigned integers of `size` bytes, and the places."""
        if (addresses % size).any():
            raise PtxError(f"an access of {size} bytes at {hex(int(addresses[addresses % size != 0][0]))} is not aligned")
        for base, data in self.blocks:
            if base <= addresses[0] < base + data.size:
                inside = (addresses >= base) & (addresses + size <= base + data.size)
                if inside.all():
                    return data[:data.size // size * size].view(_UNSIGNED[size * 8]), (addresses - base) // size
        raise PtxError(f"an access of {size} bytes at {hex(int(addresses[0]))} is outside of all allocations")


class Kernel:
    """One entry of a PTX text."""

    def __init__(self, text: str, name: str):
        found = re.search(r"\.entry " + name + r"\((.*?)\)(.*?)\n\{\n(.*?)\n\}", text, re.S)
        if not found:
            raise PtxError(f"no entry {name}")
        self.parameters = [(line.split()[-1].rstrip(","), re.search(r"\.param \.(\w+)", line).group(1))
                           for line in found.group(1).strip().splitlines()]
        self.code, self.labels = [], {}
        text = re.sub(r"//.*", "", found.group(3))
        text = re.sub(r"(\$\w+):", r"\1:;", text)
        for statement in text.split(";"):
            statement = re.sub(r"^[{}\s]+(?=[.@\w])|^[}\s]+$", "", statement).strip()  # scopes say nothing here
            if statement.endswith(":"):
                self.labels[statement[:-1]] = len(self.code)
            elif statement and not statement.startswith((".reg", ".loc", ".pragma")):
                self.code.append(_parse(statement))

    def run(self, memory: Memory, arguments, grid, threads: int, smem_bytes: int) -> None:
        """`arguments`: an int (address or size) or float for each parameter."""
        if len(arguments) != len(self.parameters):
            raise PtxError(f"needs {len(self.parameters)} arguments, but got {len(arguments)}")
        named = {name: value for (name, _), value in zip(self.parameters, arguments)}
        for z in range(grid[2]):
            for y in range(grid[1]):
                for x in range(grid[0]):
                    shared = Memory(1 << 20)
                    base = shared.allocate(np.full(max(smem_bytes, 1), 0xff, dtype=np.uint8))
                    warps = [_Warp(self, w, (x, y, z), memory, shared, base, named) for w in range(threads // LANES)]
                    while any([warp.run() for warp in warps]):  # up to the next barrier
                        pass


def _parse(line: str):
    guard = None
    if line.startswith("@"):
        guard, line = line[1:].split(None, 1)
    name, _, rest = line.partition(" ") if " " in line.split("\t")[0] else line.partition("\t")
    operands = re.findall(r"\s*(\{[^}]*\}|\[[^\]]*\]|[^,\s]+),?", rest)
    return guard, name.strip().split("."), operands


class _Warp:
    def __init__(self, kernel, number, block, memory, shared, smem, parameters):
        self.kernel, self.memory, self.shared = kernel, memory, shared
        self.pc = np.zeros(LANES, dtype=np.int64)  # past the end: exited
        self.at_barrier = False
        self.registers = {}
        self.named = {"smem": smem, **parameters}
        lanes = np.arange(LANES, dtype=np.uint64)
        self.special = {"%tid.x": lanes + np.uint64(number * LANES), "%laneid": lanes}
        for axis, value in zip("xyz", block):
            self.special[f"%ctaid.{axis}"] = np.full(LANES, value, dtype=np.uint64)

    def run(self) -> bool:
        """Runs to the next barrier of the thread block or the end; False where it was there already."""
        code, ran = self.kernel.code, False
        while True:
            live = self.pc < len(code)
            if not live.any():
                return ran
            ran = True
            at = int(self.pc[live].min())
            active = live & (self.pc == at)
            guard, name, operands = code[at]
            whole = name[0] in ("shfl", "vote", "bar", "barrier")
            if whole and not (active == live).all():  # others come first, wherever they are
                behind = live & ~active
                at = int(self.pc[behind].min())
                active = behind & (self.pc == at)
                guard, name, operands = code[at]
                if name[0] in ("shfl", "vote", "bar", "barrier"):
                    raise PtxError(f"lanes wait at different instructions of the whole warp, one of them {'.'.join(name)}")
            self.pc[active] += 1
            if guard:
                condition = self.value(guard.lstrip("!"), "pred")
                active = active & (~condition if guard[0] == "!" else condition)
            if name[0] == "bra":
                self.pc[active] = self.kernel.labels[operands[0]]
            elif name[0] in ("ret", "exit"):
                self.pc[active] = len(code)
            elif name[0] in ("bar", "barrier") and name[1] != "warp":
                return True
            elif active.any():
                self.execute(name, operands, active)

    # Operands

    def value(self, operand: str, type_name: str) -> np.ndarray:
        if operand in self.special:
            raw = self.special[operand]
        elif operand in self.registers:
            raw = self.registers[operand]
        elif operand.startswith("0f"):
            raw = np.full(LANES, int(operand[2:], 16), dtype=np.uint64)
        elif operand in self.named:
            raw = np.full(LANES, self.named[operand], dtype=np.uint64)
        else:
            raw = np.full(LANES, int(operand, 0) & (2**64 - 1), dtype=np.uint64)
        return _as(raw, type_name)

    def set(self, operand: str, values: np.ndarray, active: np.ndarray) -> None:
        if operand == "_":
            return
        old = self.registers.get(operand)
        raw = _raw(np.ascontiguousarray(values))
        self.registers[operand] = raw if old is None else np.where(active, raw, old)

    # Instructions

    def execute(self, name, operands, active) -> None:
        do = getattr(self, "do_" + name[0], None)
        if do is None:
            raise PtxError(f"does not know {'.'.join(name)}")
        with np.errstate(all="ignore"):
            do(name, operands, active)

    def arithmetic(self, name, operands, active, function) -> None:
        sources = [self.value(o, name[-1]) for o in operands[1:]]
        self.set(operands[0], function(*sources), active)

    def do_mov(self, name, operands, active):
        target, source = operands
        if target.startswith("{"):  # unpack
            raw = self.value(source, "b64")
            for n, part in enumerate(target.strip("{}").split(",")):
                self.set(part.strip(), (raw >> np.uint64(32 * n)).astype(np.uint32), active)
        elif source.startswith("{"):
            low, high = (self.value(part.strip(), "b32").astype(np.uint64) for part in source.strip("{}").split(","))
            self.set(target, low | high << np.uint64(32), active)
        else:
            self.set(target, self.value(source, name[-1]), active)

    def do_add(self, name, operands, active): self.arithmetic(name, operands, active, lambda a, b: a + b)
    def do_sub(self, name, operands, active): self.arithmetic(name, operands, active, lambda a, b: a - b)
    def do_min(self, name, operands, active): self.arithmetic(name, operands, active, np.fmin)
    def do_max(self, name, operands, active): self.arithmetic(name, operands, active, np.fmax)
    def do_and(self, name, operands, active): self.arithmetic(name, operands, active, lambda a, b: a & b)
    def do_or(self, name, operands, active): self.arithmetic(name, operands, active, lambda a, b: a | b)
    def do_xor(self, name, operands, active): self.arithmetic(name, operands, active, lambda a, b: a ^ b)
    def do_not(self, name, operands, active): self.arithmetic(name, operands, active, lambda a: ~a)
    def do_neg(self, name, operands, active): self.arithmetic(name, operands, active, lambda a: -a)
    def do_div(self, name, operands, active):
        self.arithmetic(name, operands, active, lambda a, b: a // np.where(active, b, 1).astype(b.dtype))

    def do_rem(self, name, operands, active):
        self.arithmetic(name, operands, active, lambda a, b: a % np.where(active, b, 1).astype(b.dtype))

    def do_popc(self, name, operands, active):
        source = self.value(operands[1], name[-1])
        self.set(operands[0], np.array([bin(int(x)).count("1") for x in source], dtype=np.uint32), active)

    def do_mul(self, name, operands, active):
        a, b = (self.value(o, name[-1]) for o in operands[1:])
        if name[1] == "wide":
            wide = np.dtype(f"{a.dtype.kind}{a.dtype.itemsize * 2}")
            a, b = a.astype(wide), b.astype(wide)
        self.set(operands[0], a * b, active)

    def do_mad(self, name, operands, active):
        a, b = (self.value(o, name[-1]) for o in operands[1:3])
        wide = np.dtype(f"{a.dtype.kind}{a.dtype.itemsize * (2 if name[1] == 'wide' else 1)}")
        c = self.value(operands[3], f"{name[-1][0]}{wide.itemsize * 8}")
        self.set(operands[0], a.astype(wide) * b.astype(wide) + c, active)

    def do_fma(self, name, operands, active):
        a, b, c = (self.value(o, "f32").astype(np.float64) for o in operands[1:])
        self.set(operands[0], (a * b + c).astype(np.float32), active)

    def shift(self, name, operands, active, function):
        source, by = self.value(operands[1], name[-1]), self.value(operands[2], "u32")
        width = _bits(name[-1])
        beyond = by >= width
        shifted = function(source, np.where(beyond, width - 1, by).astype(source.dtype))
        fill = shifted if name[-1][0] == "s" else np.zeros_like(shifted)
        self.set(operands[0], np.where(beyond, fill, shifted), active)

    def do_shl(self, name, operands, active): self.shift(name, operands, active, np.left_shift)
    def do_shr(self, name, operands, active): self.shift(name, operands, active, np.right_shift)

    def do_bfe(self, name, operands, active):
        if name[-1][0] != "u":
            raise PtxError(f"does not know {'.'.join(name)}")
        source, start, length = (self.value(o, name[-1]).astype(np.uint64) for o in operands[1:])
        bits = (source >> start) & ((np.uint64(1) << length) - np.uint64(1))
        self.set(operands[0], bits.astype(_UNSIGNED[_bits(name[-1])]), active)

    def do_setp(self, name, operands, active):
        a, b = (self.value(o, name[-1]) for o in operands[1:3])
        result = _COMPARE[name[1][:2]](a, b)
        if name[1].endswith("u"):  # unordered: a NaN on either side is as good
            result = result | np.isnan(a) | np.isnan(b)
        if len(operands) == 4:
            combine = {"and": np.logical_and, "or": np.logical_or, "xor": np.logical_xor}[name[2]]
            result = combine(result, self.value(operands[3], "pred"))
        self.set(operands[0], result, active)

    def do_selp(self, name, operands, active):
        a, b = (self.value(o, name[-1]) for o in operands[1:3])
        self.set(operands[0], np.where(self.value(operands[3], "pred"), a, b), active)

    def do_cvt(self, name, operands, active):
        target, source = name[-2:]
        if "f" in target + source:
            raise PtxError(f"does not know {'.'.join(name)}")
        kind = (_SIGNED if target[0] == "s" else _UNSIGNED)[_bits(target)]
        self.set(operands[0], self.value(operands[1], source).astype(kind), active)

    # Memory

    def place(self, name, operand, active):
        """The memory that an instruction names, and the addresses of the active lanes."""
        register, _, offset = operand.strip("[]").partition("+")
        addresses = self.value(register, "b64") if not register.startswith("%r") or register.startswith("%rd") \
            else self.value(register, "b32").astype(np.uint64)
        addresses = addresses + np.uint64(int(offset or "0", 0) & (2**64 - 1))
        return (self.shared if "shared" in name else self.memory), addresses[active]

    def do_ld(self, name, operands, active):
        if "param" in name:
            parameter = operands[1].strip("[]").partition("+")[0]
            return self.set(operands[0], np.full(LANES, self.named[parameter], dtype=np.uint64), active)
        memory, addresses = self.place(name, operands[1], active)
        targets = [t.strip() for t in operands[0].strip("{}").split(",")]
        size = _bits(name[-1]) // 8
        if (addresses % (size * len(targets))).any():
            raise PtxError(f"{'.'.join(name)} is not aligned")
        for n, target in enumerate(targets):
            cells, places = memory.cells(addresses + np.uint64(n * size), size)
            values = np.zeros(LANES, dtype=cells.dtype)
            values[active] = cells[places]
            self.set(target, values, active)

    def do_st(self, name, operands, active):
        memory, addresses = self.place(name, operands[0], active)
        sources = [s.strip() for s in operands[1].strip("{}").split(",")]
        size = _bits(name[-1]) // 8
        if (addresses % (size * len(sources))).any():
            raise PtxError(f"{'.'.join(name)} is not aligned")
        if len(set(addresses.tolist())) != len(addresses):
            raise PtxError(f"{'.'.join(name)}: two lanes write to one place")
        for n, source in enumerate(sources):
            cells, places = memory.cells(addresses + np.uint64(n * size), size)
            cells[places] = self.value(source, f"u{size * 8}")[active]

    # The whole warp

    def do_bar(self, name, operands, active):  # bar.warp.sync: all lanes are here
        pass

    def do_shfl(self, name, operands, active):
        source = self.value(operands[1], "b32")
        lanes = np.arange(LANES)
        by, clamp = (self.value(o, "u32").astype(np.int64) for o in operands[2:4])
        segment = clamp >> 8 & 31  # bits of a lane's number that stay: lanes do not look beyond
        edge = lanes & segment | clamp & 31 & ~segment
        from_lane, inside = {
            "up": lambda: (lanes - by, lanes - by >= edge), "down": lambda: (lanes + by, lanes + by <= edge),
            "bfly": lambda: (lanes ^ by, lanes ^ by <= edge),
            "idx": lambda: (lanes & segment | by & 31 & ~segment, np.full(LANES, True))}[name[2]]()
        from_lane = np.where(inside, from_lane, lanes)
        if not active[from_lane].all():
            raise PtxError("shfl reads a lane that has exited")
        self.set(operands[0].partition("|")[0], source[from_lane], active)

    def do_vote(self, name, operands, active):
        said = self.value(operands[1], "pred") & active
        if name[2] == "ballot":
            mask = sum(1 << int(lane) for lane in np.nonzero(said)[0])
            self.set(operands[0], np.full(LANES, mask, dtype=np.uint32), active)
        else:
            result = said.any() if name[2] == "any" else said[active].all()
            self.set(operands[0], np.full(LANES, result), active)


# Whole programs

_COMBINE = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "ceildiv": lambda a, b: -(-a // b),
            "floordiv": lambda a, b: a // b, "min": min, "max": max}


def _evaluate(expression, arrays) -> int:
    """A size of the launch plan (include/msa/Artifact/Manifest.h)."""
    if isinstance(expression, int):
        return expression
    if expression[0] == "dim":
        return arrays[expression[1]].shape[expression[2]]
    return _COMBINE[expression[0]](_evaluate(expression[1], arrays), _evaluate(expression[2], arrays))


def run_program(program, inputs, fill: int = 0x7f):
    """Runs the launches of a manifest's program; its outputs, whose bytes are `fill` before. Arrays are contiguous."""
    arrays = [np.ascontiguousarray(array) for array in inputs]
    types = {"i32": np.int32, "f32": np.float32}
    for argument in program["arguments"][len(arrays):]:
        shape = [_evaluate(size, arrays) for size in argument["output_shape"]]
        size = int(np.prod(shape, dtype=np.int64))
        arrays.append(np.full(4 * size, fill, dtype=np.uint8).view(types[argument["dtype"]]).reshape(shape))
    if program["temporaries"]:
        raise PtxError("does not know temporaries")
    memory = Memory(1 << 40)
    addresses = [memory.allocate(array) for array in arrays]

    def value(parameter):
        if parameter["kind"] == "size":
            return _evaluate(parameter["value"], arrays)
        array = parameter["view"]["argument"]
        return addresses[array] if parameter["kind"] == "pointer" else arrays[array].strides[parameter["dimension"]] // 4

    for launch in program["launches"]:
        kernel = Kernel(program["modules"][launch["module"]]["bytes"], launch["kernel"])
        kernel.run(memory, [value(p) for p in launch["params"]], [_evaluate(g, arrays) for g in launch["grid"]],
                   launch["threads"], launch["smem_bytes"])
    return [memory.read_back(address, array) for address, array in zip(addresses, arrays)][len(inputs):]
