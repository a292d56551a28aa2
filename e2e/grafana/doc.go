// Package grafana checks the shipped dashboards and rules against Grafana's
// published schema, and runs each of their queries on a Prometheus that scrapes a
// real Temporal server, a real worker and the profile service.
package grafana
