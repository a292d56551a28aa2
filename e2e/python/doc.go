// Package python parses the generated worker_config.py with Python itself, and
// compares its keywords with the parameters of temporalio.worker.Worker.
package python
