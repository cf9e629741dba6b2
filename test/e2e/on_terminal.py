"""Runs a command with standard error on a terminal of its own, and standard output in a file.

Arguments: the file, a plan, then the command. The plan is JSON: the size at first, and what is done when a text has
been seen on the terminal: another size, or keys that are pressed. What came to the terminal goes to standard output,
then, in a line of its own, the exit code."""
import fcntl, json, os, pty, select, struct, sys, termios

out, plan, *command = sys.argv[1:]
plan = json.loads(plan)


def size(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


pid, terminal = pty.fork()
if pid == 0:
    size(2, *plan["size"])
    os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), 1)
    os.execvp(command[0], command)

seen = b""
since = 0
steps = plan["steps"]
while True:
    select.select([terminal], [], [])
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        piece = b""
    if not piece:
        break
    seen += piece
    sys.stdout.buffer.write(piece)
    if steps and steps[0]["after"].encode() in seen[since:]:
        step = steps.pop(0)
        since = len(seen)
        if "size" in step:
            size(terminal, *step["size"])
        if "keys" in step:
            os.write(terminal, step["keys"].encode())
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(b"\n%d\n" % os.waitstatus_to_exitcode(status))
