import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.*;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Runs statements of a file, separated by lines of "----", on Flink in this process: all but the last make tables, the
 * last is an INSERT, after which the nanoseconds of CPU and of time that it took are printed, or a SELECT whose rows are
 * printed: the kind, then the values, with tabs between.
 * Arguments: a file of settings (key=value), then files of statements.
 */
public class NexmarkRun {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        Configuration c = new Configuration();
        for (String line : Files.readAllLines(Path.of(args[0]))) {
            String[] pair = line.split("=", 2);
            c.setString(pair[0], pair[1]);
        }
        for (String name : Arrays.asList(args).subList(1, args.length)) {
            long cpu = cpu(), begun = System.nanoTime();
            String[] statements = Files.readString(Path.of(name)).split("\n----\n");
            TableEnvironment env = TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(c).build());
            for (int i = 0; i < statements.length - 1; i++) {
                env.executeSql(statements[i]);
            }
            TableResult result = env.executeSql(statements[statements.length - 1]);
            if (statements[statements.length - 1].startsWith("INSERT")) {
                result.await();
                out.println((cpu() - cpu) + " " + (System.nanoTime() - begun));
                continue;
            }
            out.println("= " + name);
            try (CloseableIterator<Row> it = result.collect()) {
                while (it.hasNext()) {
                    Row row = it.next();
                    StringBuilder line = new StringBuilder(row.getKind().shortString());
                    for (int i = 0; i < row.getArity(); i++) {
                        line.append('\t').append(text(row.getField(i)));
                    }
                    out.println(line);
                }
            }
        }
        out.flush();
        System.exit(0);
    }

    static long cpu() {
        return ((com.sun.management.OperatingSystemMXBean) java.lang.management.ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** A value as text: times as their microseconds. */
    static String text(Object v) {
        if (v instanceof java.time.LocalDateTime) {
            java.time.Instant at = ((java.time.LocalDateTime) v).toInstant(java.time.ZoneOffset.UTC);
            return String.valueOf(at.getEpochSecond() * 1_000_000 + at.getNano() / 1000);
        }
        return v instanceof java.math.BigDecimal ? ((java.math.BigDecimal) v).toPlainString() : String.valueOf(v);
    }
}
