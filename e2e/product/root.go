package product

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

var productModule = []byte("module github.com/temporal-dsql/temporal-dsql\n")

// root finds the product's module above the working directory, which for a test
// is the folder of its package.
func root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the product's module: %w", err)
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(mod, productModule) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("find the product's module: no folder above has it")
		}
		dir = filepath.Dir(dir)
	}
}
