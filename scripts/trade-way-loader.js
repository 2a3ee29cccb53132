// The loader of scripts/trade-way-hook.js: puts a call at the beginning of each function of dist/, vendored packages excepted.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

let dist;
export function initialize(folder) {
  dist = folder;
}

export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  if (!url.startsWith('file:') || loaded.format !== 'module') return loaded;
  const file = relative(dist, fileURLToPath(url));
  if (file.startsWith('..') || file.startsWith('vendor')) return loaded;
  return { ...loaded, source: counted(String(loaded.source), file) };
}

function counted(source, file) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.JS);
  const insertions = [];
  const visit = (node, owner) => {
    const name = node.name?.getText(tree) ?? (ts.isVariableDeclaration(node.parent ?? node) ? node.parent.name.getText(tree) : undefined);
    const inside = ts.isFunctionLike(node) || ts.isClassLike(node) ? [owner, name ?? ''].filter(Boolean).join('.') : owner;
    if (ts.isFunctionLike(node) && node.body !== undefined) {
      const place = JSON.stringify(`${file}:${inside || '(callback)'}:${isForwarder(node) ? 'forwards' : 'works'}`);
      const { body } = node;
      if (ts.isBlock(body)) insertions.push([body.getStart(tree) + 1, `__ran(${place});`]);
      else insertions.push([body.getStart(tree), `(__ran(${place}),(`], [body.getEnd(), '))']);
    }
    ts.forEachChild(node, (child) => visit(child, inside));
  };
  ts.forEachChild(tree, (child) => visit(child, ''));
  return insertions
    .map(([at, text], index) => ({ at, text, index }))
    .sort((a, b) => b.at - a.at || b.index - a.index)
    .reduce((text, { at, text: inserted }) => text.slice(0, at) + inserted + text.slice(at), source);
}

/** Whether a function does nothing but call others with what it was given, or has: no loop, no arithmetic, no choice, nothing made. */
function isForwarder(node) {
  let works = false;
  const visit = (child) => {
    if (
      ts.isIterationStatement(child, false) ||
      ts.isIfStatement(child) ||
      ts.isConditionalExpression(child) ||
      ts.isNewExpression(child) ||
      ts.isBinaryExpression(child) ||
      ts.isPostfixUnaryExpression(child) ||
      ts.isYieldExpression(child) ||
      ts.isThrowStatement(child)
    )
      works = true;
    if (!ts.isFunctionLike(child)) ts.forEachChild(child, visit);
  };
  ts.forEachChild(node.body, visit);
  return !works;
}
