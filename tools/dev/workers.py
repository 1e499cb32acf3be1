"""Work spread over processes that may crash or hang: each costs its own task and nothing else."""
import multiprocessing
import time
from multiprocessing.connection import wait


class Worker:
    """A process that answers one task at a time."""

    def __init__(self, work):
        self.pipe, end = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=_serve, args=(work, end), daemon=True)
        self.process.start()
        end.close()  # so that the end of the process is the end of the pipe
        self.task = self.since = None

    def give(self, task):
        self.task, self.since = task, time.monotonic()
        self.pipe.send(task)

    def take(self):
        """(task, answer, None), or (task, None, why) where the process has died."""
        task, self.task = self.task, None
        try:
            return task, self.pipe.recv(), None
        except (EOFError, ConnectionError):
            self.process.join()
            return task, None, f"its process died with exit code {self.process.exitcode}"

    def stop(self):
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(work, pipe):
    while True:
        pipe.send(work(pipe.recv()))


def spread(work, tasks, jobs, limit_s, spoils=lambda answer: False):
    """Yields (task, answer, None) as answers come, or (task, None, why) for a task whose process died or took longer than
    `limit_s`. `work` runs in `jobs` processes; jobs = 0 runs it here, for debuggers and tools that watch one process.
    `spoils`: an answer after which its process is not to be trusted with another task."""
    if jobs == 0:
        for task in tasks:
            yield task, work(task), None
        return
    waiting, workers = list(tasks)[::-1], []
    try:
        while waiting or any(worker.task is not None for worker in workers):
            idle = [worker for worker in workers if worker.task is None]
            while waiting and (idle or len(workers) < jobs):
                if not idle:
                    workers.append(Worker(work))
                    idle.append(workers[-1])
                idle.pop().give(waiting.pop())
            busy = {worker.pipe: worker for worker in workers if worker.task is not None}
            ready = [busy[pipe] for pipe in wait(list(busy), timeout=1)]
            for worker in ready:
                task, answer, why = worker.take()
                if why or spoils(answer):
                    worker.stop()
                    workers.remove(worker)
                yield task, answer, why
            for worker in [w for w in busy.values() if w.task is not None and time.monotonic() - w.since > limit_s]:
                task = worker.task
                worker.stop()
                workers.remove(worker)
                yield task, None, f"took longer than {limit_s:g} s"
    finally:
        for worker in workers:
            worker.stop()
