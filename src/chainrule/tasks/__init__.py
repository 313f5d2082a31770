"""What `chainrule train` can learn: a folder a task."""

from chainrule.tasks.task import TASKS, Dataset, Task, load_task, task_of

__all__ = ["TASKS", "Dataset", "Task", "load_task", "task_of"]
