package gate

import (
	"github.com/temporal-dsql/temporal-dsql/internal/config/compile"
	"github.com/temporal-dsql/temporal-dsql/internal/enginepool"
)

// engines has the engines of one worker.
type engines map[*group]*enginepool.Pool[*compile.Engine]

// maxDeployments limits how many deployments an engine keeps in memory: each as the user wrote it, and as it is restated.
const maxDeployments = 16

func (e engines) pool(in *group) *enginepool.Pool[*compile.Engine] {
	if e[in] == nil {
		e[in] = &enginepool.Pool[*compile.Engine]{
			MaxUses: 2 * maxDeployments,
			Create: func() (*compile.Engine, error) {
				engine, err := compile.New(in.dir)
				if err == nil && in.deployments > maxDeployments {
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
