import java.io.*;
import java.nio.charset.StandardCharsets;
import java.util.*;
import java.util.concurrent.*;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.minicluster.*;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.*;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.*;
import org.apache.flink.table.api.*;
import org.apache.flink.table.catalog.Column;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Answers queries with Flink itself, in streaming mode on one MiniCluster at parallelism 1.
 * A line of standard input is a request, {id, settings, statements, query}; a line of standard output
 * is its answer, {id, columns: [{name, type}], rows: [[kind, value...]], stage, message}: stage is
 * "statements" or "planning" if Flink refused those or the query, "runtime" if the job failed. Requests run
 * side by side, each in an environment of its own; the cluster has slots for as many as the first argument
 * says, and a few more.
 */
public class FlinkOracle {
    static final ObjectMapper JSON = new ObjectMapper();
    static PrintStream out;
    static MiniCluster cluster;

    public static void main(String[] args) throws Exception {
        out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        int side = Integer.parseInt(args[0]);
        cluster = new MiniCluster(new MiniClusterConfiguration.Builder().setConfiguration(configuration())
                .setNumTaskManagers(1).setNumSlotsPerTaskManager(2 * side).build());
        cluster.start();
        ExecutorService threads = Executors.newCachedThreadPool();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            JsonNode request = JSON.readTree(line);
            threads.submit(() -> reply(request));
        }
        System.exit(0);
    }

    static Configuration configuration() {
        Configuration c = new Configuration();
        c.setString("parallelism.default", "1");
        c.setString("rest.address", "127.0.0.1");
        c.setString("rest.bind-address", "127.0.0.1");
        c.setString("rest.bind-port", "0");
        c.setString("taskmanager.memory.network.max", "64m");
        c.setString("taskmanager.memory.network.min", "64m");
        c.setString("taskmanager.memory.managed.size", "256m");
        c.setString("restart-strategy.type", "disable");
        return c;
    }

    static void reply(JsonNode request) {
        ObjectNode answer = JSON.createObjectNode();
        answer.put("id", request.get("id").asLong());
        String stage = "statements";
        try {
            TableEnvironment env = environment(request.get("settings"));
            for (JsonNode statement : request.get("statements")) {
                env.executeSql(statement.asText());
            }
            stage = "planning";
            TableResult result = env.executeSql(request.get("query").asText());
            stage = "runtime";
            fill(answer, result);
        } catch (Throwable e) {
            answer.remove("rows");
            answer.put("stage", stage);
            answer.put("message", reason(e));
        }
        synchronized (out) {
            out.println(answer);
            out.flush();
        }
    }

    static TableEnvironment environment(JsonNode settings) throws Exception {
        Configuration c = configuration();
        c.setString("execution.target", "remote");
        c.setString("rest.port", String.valueOf(cluster.getRestAddress().get().getPort()));
        settings.properties().forEach(s -> c.setString(s.getKey(), s.getValue().asText()));
        return TableEnvironment.create(EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(c).build());
    }

    static void fill(ObjectNode answer, TableResult result) throws Exception {
        List<Column> columns = result.getResolvedSchema().getColumns();
        ArrayNode described = answer.putArray("columns");
        for (Column c : columns) {
            described.addObject().put("name", c.getName()).put("type", type(c.getDataType().getLogicalType()));
        }
        ArrayNode rows = answer.putArray("rows");
        try (CloseableIterator<Row> it = result.collect()) {
            while (it.hasNext()) {
                Row row = it.next();
                ArrayNode values = rows.addArray().add(row.getKind().shortString());
                for (int i = 0; i < columns.size(); i++) {
                    values.add(CanonicalText.of(row.getField(i), columns.get(i).getDataType().getLogicalType()));
                }
            }
        }
    }

    /** The type as it stands in SQL, by its short name; NULL and RAW have no such form. */
    static String type(LogicalType type) {
        try {
            return type.asSerializableString().replace("VARCHAR(2147483647)", "STRING").replace("VARBINARY(2147483647)", "BYTES")
                    .replaceAll("TIMESTAMP\\((\\d)\\) WITH LOCAL TIME ZONE", "TIMESTAMP_LTZ($1)");
        } catch (TableException e) {
            return type.asSummaryString();
        }
    }

    /** The message of the innermost cause that has one, on one line, shortened. */
    static String reason(Throwable e) {
        String message = String.valueOf(e);
        for (Throwable c = e; c != null; c = c.getCause()) {
            if (c.getMessage() != null && !c.getMessage().isBlank()) {
                message = c.getMessage();
            }
            if (c.getCause() == null && (c.getMessage() == null || c.getMessage().isBlank() || c.getMessage().length() < 12)) {
                message = c.toString();
            }
        }
        message = message.replaceAll("\\s+", " ").trim();
        return message.length() <= 200 ? message : message.substring(0, 200) + "...";
    }
}
