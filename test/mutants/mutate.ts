import ts from 'typescript';

/** One small change of a source file. */
export interface Mutant {
  readonly file: string;
  /** Where, as an editor counts. */
  readonly line: number;
  /** What was done, in one line. */
  readonly what: string;
  readonly text: string;
}

/** The other side of each operator: boundaries by one, conditions turned around. */
const OPERATORS: ReadonlyMap<ts.SyntaxKind, string> = new Map([
  [ts.SyntaxKind.LessThanToken, '<='],
  [ts.SyntaxKind.LessThanEqualsToken, '<'],
  [ts.SyntaxKind.GreaterThanToken, '>='],
  [ts.SyntaxKind.GreaterThanEqualsToken, '>'],
  [ts.SyntaxKind.EqualsEqualsEqualsToken, '!=='],
  [ts.SyntaxKind.ExclamationEqualsEqualsToken, '==='],
  [ts.SyntaxKind.AmpersandAmpersandToken, '||'],
  [ts.SyntaxKind.BarBarToken, '&&'],
  [ts.SyntaxKind.PlusToken, '-'],
  [ts.SyntaxKind.MinusToken, '+'],
]);

/**
 * Every mutant of a file: changed operators, conditions always true or false, removed statements,
 * flipped booleans.
 */
export function mutantsOf(file: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found: Mutant[] = [];
  const add = (node: ts.Node, replacement: string): void => {
    const [start, end] = [node.getStart(source), node.getEnd()];
    const { line } = source.getLineAndCharacterOfPosition(start);
    const was = text.slice(start, end).replace(/\s+/g, ' ').slice(0, 80);
    const what = replacement === '' ? `left out ${was}` : `${was} became ${replacement}`;
    found.push({ file, line: line + 1, what, text: text.slice(0, start) + replacement + text.slice(end) });
  };
  const visit = (node: ts.Node): void => {
    // Types and imports are gone when the code runs.
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node)) return;
    if (ts.isBinaryExpression(node)) {
      const other = OPERATORS.get(node.operatorToken.kind);
      if (other !== undefined) add(node.operatorToken, other);
    }
    if (ts.isIfStatement(node)) for (const always of ['true', 'false']) add(node.expression, always);
    if (ts.isConditionalExpression(node)) for (const always of ['true', 'false']) add(node.condition, always);
    if (ts.isExpressionStatement(node)) add(node, ';');
    if (node.kind === ts.SyntaxKind.TrueKeyword) add(node, 'false');
    if (node.kind === ts.SyntaxKind.FalseKeyword) add(node, 'true');
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
