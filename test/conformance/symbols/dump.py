"""Runs in GDB: at each stop writes what GDB knows about the call stack, and the machine's state, as JSON."""
import json
import gdb

RAM = (0x40010000, 0x40018000)
CORE = ["r%d" % n for n in range(13)] + ["sp", "lr", "pc"]


def value_of(symbol, frame):
    """Integers as numbers, what is not available as null, everything else by its kind."""
    try:
        value = symbol.value(frame)
        if value.is_optimized_out:
            return None
        kind = value.type.strip_typedefs()
        if kind.code in (gdb.TYPE_CODE_INT, gdb.TYPE_CODE_ENUM, gdb.TYPE_CODE_BOOL, gdb.TYPE_CODE_PTR):
            return str(int(value))
        if kind.code == gdb.TYPE_CODE_FLT:
            return repr(float(value))
        if kind.code == gdb.TYPE_CODE_ARRAY:
            # The bounds of a variable-length array are known to the frame only.
            frame.select()
            count = int(gdb.parse_and_eval("sizeof(%s) / sizeof(%s[0])" % (symbol.name, symbol.name)))
            return [str(int(value[n])) for n in range(min(count, 17))]
        return "object"
    except gdb.error as error:
        return None if "optimized out" in str(error) or "unavailable" in str(error) else "error: " + str(error)


def describe(frame):
    sal = frame.find_sal()
    variables = []
    try:
        block = frame.block()
    except RuntimeError:
        block = None
    while block is not None:
        for symbol in block:
            if symbol.is_argument or symbol.is_variable or symbol.is_constant:
                variables.append([symbol.name, str(symbol.type), value_of(symbol, frame)])
        if block.function is not None:
            break
        block = block.superblock
    registers = {}
    for name in CORE:
        try:
            value = frame.read_register(name)
            registers[name] = None if value.is_optimized_out else int(value) & 0xFFFFFFFF
        except gdb.error:
            registers[name] = None
    return {
        "name": frame.name(),
        "pc": frame.pc(),
        "inline": frame.type() == gdb.INLINE_FRAME,
        "line": sal.line if sal.symtab else 0,
        "file": sal.symtab.fullname() if sal.symtab else None,
        "variables": variables,
        "registers": registers,
    }


def stack():
    frames = []
    frame = gdb.newest_frame()
    while frame is not None and len(frames) < 40:
        # Tail calls leave no frame on the stack; GDB makes them up from call sites.
        if frame.type() != gdb.TAILCALL_FRAME:
            frames.append(describe(frame))
        if frame.name() == "_start":
            break
        frame = frame.older()
    return frames


def state():
    memory = bytes(gdb.selected_inferior().read_memory(RAM[0], RAM[1] - RAM[0]))
    top = gdb.newest_frame()
    while top.type() == gdb.INLINE_FRAME:
        top = top.older()
    doubles = [int(gdb.parse_and_eval("$d%d.u64" % n)) & 0xFFFFFFFFFFFFFFFF for n in range(32)]
    live = {name: int(gdb.parse_and_eval("$" + name)) & 0xFFFFFFFF for name in CORE}
    return {"registers": live, "doubles": [str(value) for value in doubles], "memory": memory.hex(), "stack": stack()}


def play(stops):
    gdb.execute("set pagination off")
    gdb.execute("set backtrace past-entry off")
    gdb.execute("set backtrace past-main on")
    recorded = []
    breakpoints = {}
    for name in stops:
        breakpoint = gdb.Breakpoint(name)
        breakpoints[name] = [location.address for location in breakpoint.locations] if hasattr(breakpoint, "locations") else []
    for name in ("many", "recurse", "scale", "twice", "main", "_start", "assembly_call", "on_the_heap"):
        if name not in breakpoints:
            breakpoint = gdb.Breakpoint(name)
            breakpoints[name] = [location.address for location in breakpoint.locations] if hasattr(breakpoint, "locations") else []
            breakpoint.enabled = False
    for _ in range(40):
        gdb.execute("continue", to_string=True)
        recorded.append(state())
        is_last = recorded[-1]["stack"][0]["name"] == "assembly_leaf"
        for _ in range(3):
            gdb.execute("stepi", to_string=True)
            recorded.append(state())
        if is_last:
            break
    print("JSON" + json.dumps({"breakpoints": breakpoints, "stops": recorded}))
