// A table that becomes a list of cards where it would be too wide. The roles stand there because browsers forget them once a table
// is laid out as blocks.
import type { ReactNode } from "react";
import styles from "./Table.module.css";

/** A column: its title, what stands in it, and whether that is a number. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  readonly numeric?: boolean;
}

interface Props<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly testid?: string;
}

/** The table. The caption is read out and not shown. */
export function Table<Row>({ caption, columns, rows, rowKey, testid }: Props<Row>) {
  return (
    <div className={styles.scroll}>
      <table role="table" className={styles.table} data-testid={testid}>
        <caption className={styles.caption}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.title} role="columnheader" scope="col" className={column.numeric ? styles.numeric : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row" data-testid={testid && `${testid}-row`} data-key={rowKey(row)}>
              {columns.map((column, index) =>
                index === 0 ? (
                  <th key={column.title} role="rowheader" scope="row" data-title={column.title}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.title} role="cell" data-title={column.title} className={column.numeric ? styles.numeric : undefined}>
                    {column.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
