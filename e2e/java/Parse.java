import java.util.List;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import com.sun.source.util.JavacTask;
import java.nio.file.Path;

/** Parses Java files, without looking up what they import; fails on a syntax error. */
class Parse {
    public static void main(String[] files) throws Exception {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var found = new DiagnosticCollector<JavaFileObject>();
        var manager = compiler.getStandardFileManager(found, null, null);
        var sources = manager.getJavaFileObjectsFromPaths(List.of(files).stream().map(Path::of).toList());
        ((JavacTask) compiler.getTask(null, manager, found, List.of("-proc:none"), null, sources)).parse();
        found.getDiagnostics().forEach(System.err::println);
        System.exit(found.getDiagnostics().isEmpty() ? 0 : 1);
    }
}
