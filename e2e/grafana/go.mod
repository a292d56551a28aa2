module github.com/temporal-dsql/temporal-dsql/e2e/grafana

go 1.26.8

require github.com/grafana/grafana-foundation-sdk/go v0.0.0-20250310114924-e8eb8530bc7c
