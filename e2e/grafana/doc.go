// Package grafana holds the shipped dashboards against Grafana's published
// schema.
package grafana
