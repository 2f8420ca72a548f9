"""Runs a program on a pseudo-terminal, between pipes. Arguments: rows, columns, the program and its arguments.

In:  frames of one byte (0: input, 1: size), four bytes of length (big endian), and as many bytes; a size is rows and columns, two bytes each.
Out: what the program writes. Ends with the program, as it ended, and ends the program when nobody is left to write to it.
"""
import fcntl, os, pty, select, signal, struct, sys, termios

INPUT, SIZE = 0, 1
PIECE = 65536


def set_size(fd, rows, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data):]


def main():
    rows, columns, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    child, master = pty.fork()
    if child == 0:
        set_size(0, rows, columns)
        os.execvp(program[0], program)
    os.set_blocking(master, False)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    frames, typed, listening = bytearray(), bytearray(), True
    while True:
        # What is typed waits until the program takes it; meanwhile no more is read.
        wanted = [master, woken] + ([0] if listening and len(typed) < PIECE else [])
        readable, writable, _ = select.select(wanted, [master] if typed else [], [])
        if master in readable:
            try:
                output = os.read(master, PIECE)
            except BlockingIOError:
                output = None
            except OSError:
                output = b""
            if output == b"":
                break
            if output:
                write_all(1, output)
        if master in writable:
            try:
                del typed[: os.write(master, typed[:4096])]
            except BlockingIOError:
                pass
            except OSError:
                break
        if 0 in readable:
            data = os.read(0, PIECE)
            if not data:
                listening = False
                os.kill(child, signal.SIGHUP)
            frames += data
            while len(frames) >= 5:
                kind, length = struct.unpack(">BI", frames[:5])
                if len(frames) < 5 + length:
                    break
                body = bytes(frames[5 : 5 + length])
                del frames[: 5 + length]
                if kind == INPUT:
                    typed += body
                elif kind == SIZE:
                    set_size(master, *struct.unpack(">HH", body))
        if woken in readable:
            os.read(woken, PIECE)
            ended, _ = os.waitpid(child, os.WNOHANG)
            if ended:
                # What stays in the background may hold the terminal open: what is written up to now is the end.
                drain(master)
                finish(_)
    finish(os.waitpid(child, 0)[1])


def drain(master):
    try:
        while True:
            output = os.read(master, PIECE)
            if not output:
                return
            write_all(1, output)
    except OSError:
        return


def finish(status):
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


main()
