import java.io.StringReader;
import java.io.StringWriter;
import java.sql.Array;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.postgresql.copy.CopyManager;

/**
 * Runs pgjdbc through its paces and prints what it saw. Arguments: the JDBC URL and the user; the
 * password is in the environment variable PGPASSWORD.
 */
public class JdbcClient {
  public static void main(String[] arguments) throws Exception {
    for (String transfer : new String[] {"text", "binary"}) {
      Properties properties = new Properties();
      properties.setProperty("user", arguments[1]);
      properties.setProperty("password", System.getenv("PGPASSWORD"));
      properties.setProperty("binaryTransfer", String.valueOf(transfer.equals("binary")));
      properties.setProperty("binaryTransferEnable", "INT4,INT8,NUMERIC,DATE,TIMESTAMPTZ,BYTEA,INT4_ARRAY");
      // -1 asks for binary results from the first execution on.
      properties.setProperty("prepareThreshold", transfer.equals("binary") ? "-1" : "5");
      System.out.println("-- " + transfer);
      try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
        values(connection);
        batches(connection);
        cursors(connection);
        metadata(connection);
        copying(connection);
        notifications(connection);
        cancelling(connection);
        transactions(connection);
      }
    }
  }

  private static void values(Connection connection) throws SQLException {
    String query = "select ?::int4, ?::int8, ?::text, ?::numeric, ?::date, ?::bytea, ?::int4[], '2025-01-02 03:04:05.678+00'::timestamptz at time zone 'UTC'";
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      for (int round = 0; round < 7; round++) {
        statement.setInt(1, round);
        statement.setLong(2, Long.MIN_VALUE + round);
        statement.setString(3, "naïve ☃ " + round);
        statement.setBigDecimal(4, new java.math.BigDecimal("1234567890123456.789"));
        statement.setDate(5, java.sql.Date.valueOf("1999-12-31"));
        statement.setBytes(6, new byte[] {0, 1, (byte) 255, (byte) round});
        statement.setArray(7, connection.createArrayOf("int4", new Integer[] {1, null, round}));
        try (ResultSet result = statement.executeQuery()) {
          result.next();
          Array array = result.getArray(7);
          System.out.println(result.getInt(1) + " " + result.getLong(2) + " " + result.getString(3) + " " + result.getBigDecimal(4)
              + " " + result.getDate(5) + " " + Arrays.toString(result.getBytes(6)) + " " + Arrays.toString((Object[]) array.getArray())
              + " " + result.getTimestamp(8));
        }
      }
    }
    printAll(connection, "select * from public.patients where id <= 3 order by id");
  }

  private static void batches(Connection connection) throws SQLException {
    execute(connection, "create temp table batch (n int primary key, t text)");
    try (PreparedStatement statement = connection.prepareStatement("insert into batch values (?, ?)")) {
      for (int n = 0; n < 500; n++) {
        statement.setInt(1, n);
        statement.setString(2, "row " + n);
        statement.addBatch();
      }
      System.out.println("batch " + Arrays.stream(statement.executeBatch()).sum());
      for (int n : new int[] {1000, 1001, 5, 1002}) {
        statement.setInt(1, n);
        statement.setString(2, "x");
        statement.addBatch();
      }
      try {
        statement.executeBatch();
      } catch (SQLException error) {
        System.out.println("batch failed " + error.getSQLState());
      }
    }
    printAll(connection, "select count(*), sum(n) from batch");
    try (PreparedStatement statement = connection.prepareStatement("insert into batch (n) values (?)", Statement.RETURN_GENERATED_KEYS)) {
      statement.setInt(1, 7000);
      statement.executeUpdate();
      print(statement.getGeneratedKeys(), 2);
    }
    try (Statement statement = connection.createStatement()) {
      boolean rows = statement.execute("select 1; update batch set t = 'y' where n < 10; select 2, 3");
      while (true) {
        if (rows) {
          System.out.println("result of " + statement.getResultSet().getMetaData().getColumnCount());
        } else if (statement.getUpdateCount() == -1) {
          break;
        } else {
          System.out.println("updated " + statement.getUpdateCount());
        }
        rows = statement.getMoreResults();
      }
    }
  }

  private static void cursors(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (PreparedStatement statement = connection.prepareStatement("select id, patient_id from public.encounters order by id")) {
      statement.setFetchSize(17);
      long sum = 0;
      try (ResultSet result = statement.executeQuery()) {
        while (result.next()) {
          sum += result.getLong(1) * result.getLong(2) % 1000;
        }
      }
      System.out.println("fetched by 17: " + sum);
      statement.setMaxRows(5);
      try (ResultSet result = statement.executeQuery()) {
        int rows = 0;
        while (result.next()) {
          rows++;
        }
        System.out.println("at most " + rows);
      }
    }
    // Two portals open at once, read in turns.
    try (Statement first = connection.createStatement(); Statement second = connection.createStatement()) {
      first.setFetchSize(3);
      second.setFetchSize(2);
      ResultSet left = first.executeQuery("select n from generate_series(1, 20) n");
      ResultSet right = second.executeQuery("select n * 100 from generate_series(1, 20) n");
      long sum = 0;
      while (left.next() && right.next()) {
        sum += left.getInt(1) + right.getInt(1);
      }
      System.out.println("in turns " + sum);
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  private static void metadata(Connection connection) throws SQLException {
    DatabaseMetaData data = connection.getMetaData();
    System.out.println(data.getDatabaseProductName() + " " + data.getDatabaseProductVersion());
    print(data.getTables(null, "public", "%", new String[] {"TABLE", "VIEW", "PARTITIONED TABLE"}), 4);
    print(data.getColumns(null, "public", "patients", "%"), 7);
    print(data.getPrimaryKeys(null, "public", "patients"), 6);
    print(data.getImportedKeys(null, "public", "encounters"), 8);
    print(data.getIndexInfo(null, "public", "claims", false, true), 9);
    try (PreparedStatement statement = connection.prepareStatement("select id, ssn, upper(city) from public.patients where mrn = ?")) {
      ResultSetMetaData columns = statement.getMetaData();
      for (int index = 1; index <= columns.getColumnCount(); index++) {
        System.out.println(columns.getColumnName(index) + " " + columns.getColumnTypeName(index) + " " + columns.getTableName(index));
      }
      System.out.println("parameter " + statement.getParameterMetaData().getParameterTypeName(1));
    }
  }

  private static void copying(Connection connection) throws Exception {
    execute(connection, "create temp table copied (n int, t text)");
    CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
    System.out.println("copied in " + copies.copyIn("copy copied from stdin", new StringReader("1\tone\n2\t\\N\n3\tthree\n")));
    try {
      copies.copyIn("copy copied from stdin", new StringReader("4\tfour\nx\tfive\n"));
    } catch (SQLException error) {
      System.out.println("copy failed " + error.getSQLState());
    }
    StringWriter writer = new StringWriter();
    System.out.println("copied out " + copies.copyOut("copy copied to stdout (format csv)", writer) + " " + writer);
  }

  private static void notifications(Connection connection) throws SQLException {
    execute(connection, "listen ward");
    execute(connection, "notify ward, 'bed 7'");
    for (PGNotification notification : connection.unwrap(PGConnection.class).getNotifications(2000)) {
      System.out.println("notified " + notification.getName() + " " + notification.getParameter());
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("do $$ begin raise warning 'noted'; end $$");
      System.out.println("warning " + statement.getWarnings().getMessage());
    }
  }

  private static void cancelling(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      Thread canceller = new Thread(() -> {
        try {
          Thread.sleep(500);
          statement.cancel();
        } catch (Exception error) {
          System.out.println("cannot cancel: " + error);
        }
      });
      canceller.start();
      try {
        statement.execute("select pg_sleep(30)");
      } catch (SQLException error) {
        System.out.println("cancelled " + error.getSQLState());
      }
      canceller.join();
    }
    printAll(connection, "select 'usable'");
  }

  private static void transactions(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    execute(connection, "create temp table rolled (n int)");
    Savepoint savepoint = connection.setSavepoint();
    try {
      execute(connection, "select 1 / 0");
    } catch (SQLException error) {
      System.out.println("failed " + error.getSQLState());
    }
    try {
      execute(connection, "select 1");
    } catch (SQLException error) {
      System.out.println("in failed transaction " + error.getSQLState());
    }
    connection.rollback(savepoint);
    printAll(connection, "select count(*) from rolled");
    connection.rollback();
    printAll(connection, "select to_regclass('pg_temp.rolled')");
    connection.setAutoCommit(true);
    System.out.println("valid " + connection.isValid(5));
  }

  private static void execute(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(query);
    }
  }

  private static void printAll(Connection connection, String query) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(query)) {
      ResultSet result = statement.executeQuery();
      print(result, result.getMetaData().getColumnCount());
    }
  }

  private static void print(ResultSet result, int columns) throws SQLException {
    while (result.next()) {
      StringBuilder line = new StringBuilder();
      // Catalogs are named after the database, which the client addresses differently through a gateway.
      for (int index = 1; index <= columns; index++) {
        line.append(index > 1 ? " | " : "").append(result.getString(index));
      }
      System.out.println(line);
    }
    result.close();
  }
}
