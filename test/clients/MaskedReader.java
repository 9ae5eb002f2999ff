import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.Properties;

/**
 * Reads whole relations with pgjdbc, in text and in binary format, by prepared statements and a few rows at a time, and prints every
 * value. Arguments: the JDBC URL, the user, the relations; the password is in the environment variable PGPASSWORD.
 */
public class MaskedReader {
  /** All but texts, which are the same in both formats and which pgjdbc does not ask for in binary. */
  private static final String BINARY_TYPES =
      "INT2,INT4,INT8,FLOAT4,FLOAT8,NUMERIC,BOOL,DATE,TIME,TIMETZ,TIMESTAMP,TIMESTAMPTZ,BYTEA,UUID,POINT,BOX,"
          + "INT2_ARRAY,INT4_ARRAY,INT8_ARRAY,TEXT_ARRAY,VARCHAR_ARRAY";

  public static void main(String[] arguments) throws Exception {
    for (String transfer : new String[] {"text", "binary"}) {
      Properties properties = new Properties();
      properties.setProperty("user", arguments[1]);
      properties.setProperty("password", System.getenv("PGPASSWORD"));
      properties.setProperty("binaryTransfer", String.valueOf(transfer.equals("binary")));
      properties.setProperty("binaryTransferEnable", BINARY_TYPES);
      // -1 asks for binary results from the first execution on.
      properties.setProperty("prepareThreshold", transfer.equals("binary") ? "-1" : "1");
      try (Connection connection = DriverManager.getConnection(arguments[0], properties)) {
        connection.setAutoCommit(false);
        for (int index = 2; index < arguments.length; index++) {
          String query = "select * from " + arguments[index] + " where id > ?";
          try (PreparedStatement statement = connection.prepareStatement(query)) {
            for (int first : new int[] {0, 5}) {
              statement.setInt(1, first);
              statement.setFetchSize(7);
              try (ResultSet result = statement.executeQuery()) {
                System.out.println("-- " + arguments[index] + " " + transfer + " from " + first + ": " + print(result));
              }
            }
          }
        }
        connection.commit();
      }
    }
  }

  private static int print(ResultSet result) throws SQLException {
    ResultSetMetaData columns = result.getMetaData();
    int rows = 0;
    while (result.next()) {
      rows++;
      for (int index = 1; index <= columns.getColumnCount(); index++) {
        try {
          result.getObject(index);
          System.out.println(result.getString(index));
        } catch (SQLException | RuntimeException error) {
          System.out.println("failed: " + columns.getColumnName(index) + " " + error);
        }
      }
    }
    return rows;
  }
}
