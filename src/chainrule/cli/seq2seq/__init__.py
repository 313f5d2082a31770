"""The commands of the task `seq2seq`, a module each: ``train``, ``predict``, ``evaluate``."""
