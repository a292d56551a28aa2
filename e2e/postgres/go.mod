module github.com/temporal-dsql/temporal-dsql/e2e/postgres

go 1.26.0
