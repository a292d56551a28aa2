module github.com/temporal-dsql/temporal-dsql/tools/crosscheck

go 1.26.4
