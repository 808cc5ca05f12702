import { mount } from 'svelte'
import '../theme/theme'
import App from '../list/App.svelte'

mount(App, { target: document.getElementById('app')! })
