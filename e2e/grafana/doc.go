// Package grafana holds the shipped dashboards and rules against Grafana's
// published schema, and asks each of their queries of a Prometheus that scrapes a
// real Temporal server, a real worker and the profile service.
package grafana
