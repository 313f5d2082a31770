"""A user's own training loop: PyTorch's habits work, and nothing of chainrule.training is needed."""

import subprocess
import sys

OWN_LOOP = """
import sys
import numpy as np
import chainrule as cr

generator = np.random.default_rng(0)
x = generator.normal(size=(256, 4)).astype(np.float32)
y = (x[:, 0] * x[:, 1] > 0).astype(np.int64)

with cr.seed(0):
    model = cr.nn.Sequential(cr.nn.Linear(4, 32), cr.nn.ReLU(), cr.nn.Dropout(0.1), cr.nn.Linear(32, 2))
    optimizer = cr.optim.Adam(model.parameters(), lr=1e-2)
    for epoch in range(60):
        for start in range(0, 256, 64):
            inputs, targets = cr.tensor(x[start : start + 64]), y[start : start + 64]
            loss = cr.nn.functional.cross_entropy(model(inputs), targets)
            optimizer.zero_grad()
            loss.backward()
            cr.optim.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
model.eval()
with cr.no_grad():
    right = (model(cr.tensor(x)).numpy().argmax(axis=1) == y).mean()
assert right > 0.9, right
assert not any(name.startswith("chainrule.training") for name in sys.modules)
"""


def test_a_loop_of_ones_own():
    done = subprocess.run([sys.executable, "-c", OWN_LOOP], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
