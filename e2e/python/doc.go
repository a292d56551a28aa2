// Package python parses the generated worker_config.py with Python itself, and
// holds its keywords against the parameters of temporalio.worker.Worker.
package python
