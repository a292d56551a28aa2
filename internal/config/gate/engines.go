package gate

import (
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
)

// engines has the engines of one worker.
type engines map[*group]*enginepool.Pool[*compile.Engine]

// maxBuilt limits how many packages of deployments an engine keeps in memory.
const maxBuilt = 16

func (e engines) pool(in *group) *enginepool.Pool[*compile.Engine] {
	if e[in] == nil {
		e[in] = &enginepool.Pool[*compile.Engine]{
			MaxUses: maxBuilt,
			Create: func() (*compile.Engine, error) {
				engine, err := compile.New(in.dir)
				if err == nil && in.deployments > maxBuilt {
					engine.ExpectMany()
				}
				return engine, err
			},
		}
	}
	return e[in]
}

func (e engines) close() {
	for _, p := range e {
		p.Close()
	}
}
